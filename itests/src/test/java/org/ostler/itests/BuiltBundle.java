// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * One jar below {@code bundles/}, seen as {@link ManifestRulesIT} needs it: header clauses, packages, component references,
 * and what its classes call.
 */
final class BuiltBundle {

    private static final Set<String> JDK_PACKAGES = ModuleLayer.boot().modules().stream()
            .flatMap(module -> module.getPackages().stream())
            .collect(Collectors.toUnmodifiableSet());

    /** Types that only workers may touch: layers 0 and 1 own no thread and no socket. */
    private static final Set<String> SOCKETS = Set.of("java/net/Socket", "java/net/ServerSocket",
            "java/nio/channels/SocketChannel", "java/nio/channels/ServerSocketChannel", "java/net/DatagramSocket");
    private static final Set<String> THREAD_MAKERS = Set.of("<init>", "ofVirtual", "ofPlatform", "startVirtualThread", "start");

    /** The plain program, its library and the test helpers are never installed. */
    private static final Set<String> NO_BUNDLES = Set.of("cli", "postmap", "mail-spi-tck");

    private final String folder;
    private final Attributes headers;
    private final Set<String> packages = new TreeSet<>();
    private final Set<String> components = new TreeSet<>();
    private final List<Reference> references = new ArrayList<>();
    private final List<String> threadsAndSockets = new ArrayList<>();

    /** A reference of one component to a service, as written in its XML. */
    record Reference(String component, String name, String interfaceName, String policy, String cardinality, String target) {

        boolean isDynamic() {
            return policy.equals("dynamic");
        }

        boolean isMandatory() {
            return cardinality.isEmpty() || cardinality.startsWith("1");
        }

        String describe() {
            return "component " + component + " refers to " + interfaceName + " by the " + (isDynamic() ? "dynamic" : "static")
                    + (isMandatory() ? ", mandatory" : "") + " reference " + name;
        }
    }

    private BuiltBundle(Path jar) {
        folder = jar.getParent().getParent().getFileName().toString();
        try (var file = new JarFile(jar.toFile())) {
            headers = file.getManifest().getMainAttributes();
            for (JarEntry entry : file.stream().toList()) {
                read(file, entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(jar.toString(), e);
        }
    }

    /** Every bundle that this build made. */
    static List<BuiltBundle> readAll() {
        Path root = Path.of(System.getProperty("ostler.root"), "bundles");
        String suffix = "-" + System.getProperty("ostler.version") + ".jar";
        try (Stream<Path> folders = Files.list(root)) {
            return folders
                    .filter(folder -> !NO_BUNDLES.contains(folder.getFileName().toString()))
                    .map(folder -> folder.resolve("target").resolve(folder.getFileName() + suffix))
                    .filter(Files::exists)
                    .map(BuiltBundle::new)
                    .filter(bundle -> bundle.headers.getValue("Bundle-SymbolicName") != null)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isThirdParty(String packageName) {
        return !packageName.startsWith("org.ostler.") && !packageName.startsWith("org.osgi.")
                && !packageName.startsWith("org.slf4j") && !packageName.startsWith("org.apache.karaf.")
                && !JDK_PACKAGES.contains(packageName);
    }

    String folder() {
        return folder;
    }

    String symbolicName() {
        return clauses("Bundle-SymbolicName").getFirst().split(";")[0];
    }

    boolean hasComponents() {
        return headers.getValue("Service-Component") != null;
    }

    boolean hasActivator() {
        return headers.getValue("Bundle-Activator") != null;
    }

    boolean importsDynamically() {
        return headers.getValue("DynamicImport-Package") != null;
    }

    Set<String> exports() {
        return names(clauses("Export-Package"));
    }

    Set<String> imports() {
        return names(clauses("Import-Package"));
    }

    Set<String> optionalImports() {
        return names(clauses("Import-Package").stream().filter(clause -> clause.contains("resolution:=optional")).toList());
    }

    /** The packages whose classes are in the jar itself. */
    Set<String> packages() {
        return packages;
    }

    List<Reference> references() {
        return references;
    }

    /**
     * Whether only this very bundle can satisfy a reference: by its target, or by a type that nobody else sees. Both ends come and
     * go together, nothing needs a lease.
     */
    boolean staysInside(Reference reference) {
        String type = reference.interfaceName();
        boolean ownType = packages.contains(type.substring(0, type.lastIndexOf('.'))) && exports().isEmpty();
        return ownType || components.stream().anyMatch(name -> reference.target().equals("(component.name=" + name + ")"));
    }

    List<String> threadsAndSockets() {
        return threadsAndSockets;
    }

    private void read(JarFile file, JarEntry entry) throws IOException {
        String name = entry.getName();
        if (name.endsWith(".class") && name.contains("/") && !name.startsWith("META-INF/")) {
            packages.add(name.substring(0, name.lastIndexOf('/')).replace('/', '.'));
            try (InputStream in = file.getInputStream(entry)) {
                readClass(in.readAllBytes());
            }
        } else if (name.startsWith("OSGI-INF/") && name.endsWith(".xml")) {
            try (InputStream in = file.getInputStream(entry)) {
                readComponent(in);
            }
        }
    }

    private void readClass(byte[] bytes) {
        ClassModel model = ClassFile.of().parse(bytes);
        String self = model.thisClass().asInternalName();
        for (var constant : model.constantPool()) {
            if (constant instanceof ClassEntry type && SOCKETS.contains(type.asInternalName())) {
                threadsAndSockets.add(self + " knows " + type.asInternalName());
            }
            if (constant instanceof MethodRefEntry method && makesThreads(method)) {
                threadsAndSockets.add(self + " calls " + method.owner().asInternalName() + "." + method.name().stringValue());
            }
        }
    }

    private static boolean makesThreads(MethodRefEntry method) {
        String owner = method.owner().asInternalName();
        return owner.equals("java/util/concurrent/Executors")
                || owner.equals("java/lang/Thread") && THREAD_MAKERS.contains(method.name().stringValue());
    }

    private void readComponent(InputStream in) throws IOException {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            Element root = factory.newDocumentBuilder().parse(in).getDocumentElement();
            if (root.getLocalName().equals("component")) {
                components.add(root.getAttribute("name"));
                NodeList nodes = root.getElementsByTagNameNS("*", "reference");
                for (int i = 0; i < nodes.getLength(); i++) {
                    Element node = (Element) nodes.item(i);
                    references.add(new Reference(root.getAttribute("name"), node.getAttribute("name"),
                            node.getAttribute("interface"), node.getAttribute("policy"), node.getAttribute("cardinality"),
                            node.getAttribute("target")));
                }
            }
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(e);
        }
    }

    private static Set<String> names(List<String> clauses) {
        var names = new TreeSet<String>();
        for (String clause : clauses) {
            for (String part : clause.split(";")) {
                if (!part.contains("=")) {
                    names.add(part.strip());
                }
            }
        }
        return names;
    }

    /** A header's clauses: split at commas outside quotes. Version ranges hold commas in quotes, uses-lists hold semicolons never. */
    private List<String> clauses(String header) {
        String text = headers.getValue(header);
        var clauses = new ArrayList<String>();
        if (text == null) {
            return clauses;
        }
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                clauses.add(text.substring(start, i));
                start = i + 1;
            }
        }
        clauses.add(text.substring(start));
        return clauses;
    }
}
