// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Where trust begins: DS records of zones, mostly of the root alone. DNSKEY lines are turned into DS records.
 *
 * <p><b>Errors</b> a file without a usable line, or with one that cannot be read, is an {@link IOException} that names it.
 */
public final class TrustAnchors {

    /**
     * The root's, as IANA publishes them in root-anchors.xml: KSK-2017, and KSK-2024, which signs from October 2026 on. Both until the older is withdrawn.
     */
    private static final List<String> ROOT = List.of(
            ". 172800 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
            ". 172800 IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16");

    private final Map<Name, List<DSRecord>> byZone;

    private TrustAnchors(Map<Name, List<DSRecord>> byZone) {
        this.byZone = Map.copyOf(byZone);
    }

    /** The keys of the root zone that are shipped. */
    public static TrustAnchors root() {
        try {
            return parse(ROOT, "the shipped anchors");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** From a file of DS and DNSKEY lines in zone file form, such as Unbound's and BIND's {@code root.key}; other records and comments are passed over. */
    public static TrustAnchors read(Path file) throws IOException {
        return parse(Files.readAllLines(file, StandardCharsets.ISO_8859_1), file.toString());
    }

    private static TrustAnchors parse(List<String> lines, String source) throws IOException {
        var byZone = new HashMap<Name, List<DSRecord>>();
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        try (var master = new Master(new java.io.ByteArrayInputStream(text), Name.root, 172_800)) {
            for (Record r = master.nextRecord(); r != null; r = master.nextRecord()) {
                if (r instanceof DSRecord ds) {
                    byZone.computeIfAbsent(ds.getName(), _ -> new ArrayList<>()).add(ds);
                } else if (r instanceof DNSKEYRecord key) {
                    byZone.computeIfAbsent(key.getName(), _ -> new ArrayList<>()).add(new DSRecord(key.getName(), DClass.IN, key.getTTL(), DNSSEC.Digest.SHA256, key));
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new IOException("trust anchors in " + source + ": " + e.getMessage(), e);
        }
        if (byZone.isEmpty()) {
            throw new IOException("no DS or DNSKEY line in " + source);
        }
        return new TrustAnchors(byZone);
    }

    List<DSRecord> of(Name zone) {
        return byZone.getOrDefault(zone, List.of());
    }

    /** The nearest anchor at or above a name. */
    Optional<Name> above(Name name) {
        for (int strip = 0; strip < name.labels(); strip++) {
            Name at = new Name(name, strip);
            if (byZone.containsKey(at)) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    /** The zones that have one, topmost first. */
    public List<Name> zones() {
        return byZone.keySet().stream().sorted((a, b) -> a.labels() - b.labels()).toList();
    }
}
