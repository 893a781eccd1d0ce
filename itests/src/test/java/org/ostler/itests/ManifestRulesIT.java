// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.BeforeClass;
import org.junit.Test;
import org.ostler.itests.BuiltBundle.Reference;

/** Holds every built bundle against the rules of docs/OVERVIEW.md. Each test collects all offences before it fails. */
public class ManifestRulesIT {

    private static final Set<String> WORDS = Set.of("mail-model", "smtp-grammar", "mime");
    private static final Set<String> CONTRACTS = Set.of("mail-spi");
    /** Below the workers, without contract: native code, and what two transports have in common. */
    private static final Set<String> SHARED_FLOORS = Set.of("lmdb", "mailbox");

    private static List<BuiltBundle> bundles;

    @BeforeClass
    public static void readAllJars() {
        bundles = BuiltBundle.readAll();
        assertFalse("no built bundle found", bundles.isEmpty());
    }

    @Test
    public void R1_imports_point_down_only() {
        Map<String, Integer> layerOf = layersOfPackages();
        assertNone(offences -> forEachImport((bundle, name) -> {
            Integer layer = layerOf.get(name);
            if (layer != null && layer > layer(bundle)) {
                offences.add(bundle.folder() + " (layer " + layer(bundle) + ") imports " + name + " of layer " + layer);
            }
        }));
    }

    @Test
    public void R2_a_worker_never_imports_a_worker() {
        Set<String> words = new TreeSet<>();
        bundles.stream().filter(bundle -> layer(bundle) <= 1).forEach(bundle -> words.addAll(bundle.exports()));
        bundles.stream().filter(ManifestRulesIT::isSharedFloor).forEach(bundle -> words.addAll(bundle.exports()));
        assertNone(offences -> forEachImport((bundle, name) -> {
            if (name.startsWith("org.ostler.") && !words.contains(name)) {
                offences.add(bundle.folder() + " imports " + name + ", which no contract exports");
            }
        }));
    }

    @Test
    public void R3_words_and_contracts_hold_no_component_thread_or_socket() {
        assertNone(offences -> bundles.stream().filter(bundle -> layer(bundle) <= 1).forEach(bundle -> {
            if (bundle.hasComponents() || bundle.hasActivator()) {
                offences.add(bundle.folder() + " has components or an activator");
            }
            bundle.threadsAndSockets().forEach(use -> offences.add(bundle.folder() + ": " + use));
        }));
    }

    @Test
    public void R4_a_library_is_imported_by_one_bundle_and_a_shared_floor_by_two() {
        var importers = new TreeMap<String, Set<String>>();
        forEachImport((bundle, name) -> {
            if (BuiltBundle.isThirdParty(name)) {
                importers.computeIfAbsent(name, ignored -> new TreeSet<>()).add(bundle.folder());
            }
        });
        bundles.stream().filter(ManifestRulesIT::isSharedFloor).flatMap(library -> library.exports().stream()).forEach(name ->
                bundles.stream().filter(bundle -> bundle.imports().contains(name)).forEach(bundle ->
                        importers.computeIfAbsent(name, ignored -> new TreeSet<>()).add(bundle.folder())));
        assertNone(offences -> importers.forEach((name, users) -> {
            int allowed = name.startsWith("org.ostler.") ? 2 : 1;
            if (users.size() > allowed) {
                offences.add(name + " is imported by " + users);
            }
            users.stream().filter(user -> WORDS.contains(user) || CONTRACTS.contains(user)).forEach(user ->
                    offences.add(user + " lets the library package " + name + " into its signatures"));
        }));
    }

    @Test
    public void R6_references_between_parts_are_dynamic() {
        assertNone(offences -> bundles.forEach(bundle -> bundle.references().stream()
                .filter(reference -> reference.interfaceName().startsWith("org.ostler."))
                .filter(reference -> !bundle.staysInside(reference))
                .filter(reference -> !reference.isDynamic() || reference.isMandatory())
                .map(Reference::describe)
                .forEach(text -> offences.add(bundle.folder() + ": " + text))));
    }

    @Test
    public void a_bundle_speaks_or_works_but_never_both() {
        assertNone(offences -> bundles.forEach(bundle -> {
            if (bundle.hasComponents() && !bundle.exports().isEmpty()) {
                offences.add(bundle.folder() + " has components and exports " + bundle.exports());
            }
            if (!bundle.hasComponents() && bundle.exports().isEmpty() && !isSharedFloor(bundle)) {
                offences.add(bundle.folder() + " neither exports nor has components");
            }
        }));
    }

    @Test
    public void no_import_between_our_bundles_is_optional_or_dynamic() {
        assertNone(offences -> bundles.forEach(bundle -> {
            bundle.optionalImports().stream().filter(name -> name.startsWith("org.ostler."))
                    .forEach(name -> offences.add(bundle.folder() + " imports " + name + " optionally"));
            if (bundle.importsDynamically()) {
                offences.add(bundle.folder() + " has DynamicImport-Package");
            }
        }));
    }

    @Test
    public void one_name_in_all_places() {
        assertNone(offences -> bundles.forEach(bundle -> {
            String expected = "org.ostler." + bundle.folder().replace('-', '.');
            if (!bundle.symbolicName().equals(expected)) {
                offences.add(bundle.folder() + " calls itself " + bundle.symbolicName() + ", not " + expected);
            }
            bundle.packages().stream()
                    .filter(name -> !name.equals(expected) && !name.startsWith(expected + ".") && !name.startsWith("org.ostler.mail."))
                    .filter(name -> name.startsWith("org.ostler."))
                    .forEach(name -> offences.add(bundle.folder() + " holds the package " + name));
        }));
    }

    private interface ImportCheck {
        void check(BuiltBundle bundle, String packageName);
    }

    private static void forEachImport(ImportCheck check) {
        bundles.forEach(bundle -> bundle.imports().stream()
                .filter(name -> !bundle.packages().contains(name))
                .forEach(name -> check.check(bundle, name)));
    }

    private static Map<String, Integer> layersOfPackages() {
        var layers = new TreeMap<String, Integer>();
        bundles.forEach(bundle -> bundle.packages().forEach(name -> layers.put(name, layer(bundle))));
        return layers;
    }

    private static int layer(BuiltBundle bundle) {
        if (WORDS.contains(bundle.folder())) {
            return 0;
        }
        return CONTRACTS.contains(bundle.folder()) ? 1 : 2;
    }

    private static boolean isSharedFloor(BuiltBundle bundle) {
        return SHARED_FLOORS.contains(bundle.folder());
    }

    private interface Collector {
        void collectInto(List<String> offences);
    }

    private static void assertNone(Collector collector) {
        var offences = new ArrayList<String>();
        collector.collectInto(offences);
        assertEquals("", String.join("\n", offences));
    }
}
