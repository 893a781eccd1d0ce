// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.contracts;

import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.InnerClassInfo;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one package promises: its version and a line for each public or protected type, method, constructor and field, as a class file shows them.
 *
 * @param lines {@code type Table interface consumer}, {@code Table.find(String)Answer abstract}
 */
record Contract(String name, String version, Set<String> lines) {

    /** What a difference asks for. */
    enum Change { NONE, MINOR, MAJOR }

    static final String CONSUMER = " consumer";
    private static final String ABSTRACT = " abstract";

    /** All packages with a version below a folder of classes. */
    static Map<String, Contract> read(Path classes) throws IOException {
        var versions = new TreeMap<String, String>();
        var lines = new TreeMap<String, Set<String>>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                String name = packageOf(model);
                if (file.endsWith("package-info.class")) {
                    version(model).ifPresent(version -> versions.put(name, version));
                } else {
                    lines.computeIfAbsent(name, ignored -> new TreeSet<>()).addAll(describe(model));
                }
            }
        }
        var contracts = new TreeMap<String, Contract>();
        versions.forEach((name, version) -> contracts.put(name, new Contract(name, version, lines.getOrDefault(name, Set.of()))));
        return contracts;
    }

    /** As {@link #text} wrote it. */
    static Contract parse(String name, List<String> text) {
        return new Contract(name, text.getFirst().substring("version ".length()), new TreeSet<>(text.subList(1, text.size())));
    }

    String text() {
        return "version " + version + "\n" + lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /** Something that is gone breaks who uses it; an abstract method in what plug-ins implement breaks who implements it. */
    Change since(Contract old) {
        var added = new TreeSet<>(lines);
        added.removeAll(old.lines);
        if (!lines.containsAll(old.lines) || added.stream().anyMatch(line -> line.endsWith(ABSTRACT) && old.isForConsumers(line.substring(0, line.indexOf('.'))))) {
            return Change.MAJOR;
        }
        return added.isEmpty() ? Change.NONE : Change.MINOR;
    }

    /** Whether this version is high enough for what has changed. */
    boolean isRaisedFor(Change change, Contract old) {
        int major = Integer.compare(number(0), old.number(0));
        return switch (change) {
            case NONE -> major > 0 || major == 0 && number(1) >= old.number(1);
            case MINOR -> major > 0 || major == 0 && number(1) > old.number(1);
            case MAJOR -> major > 0;
        };
    }

    private int number(int place) {
        return Integer.parseInt(version.split("\\.")[place]);
    }

    private boolean isForConsumers(String type) {
        return lines.stream().anyMatch(line -> line.startsWith("type " + type + " ") && line.endsWith(CONSUMER));
    }

    private static List<String> describe(ClassModel model) {
        var lines = new ArrayList<String>();
        String type = simpleName(model);
        if (!isVisible(flagsOf(model))) {
            return lines;
        }
        String kind = model.flags().has(AccessFlag.ANNOTATION) ? "annotation" : model.flags().has(AccessFlag.INTERFACE) ? "interface" : model.flags().has(AccessFlag.ENUM) ? "enum" : "class";
        boolean consumer = annotations(model).stream().anyMatch(each -> each.className().stringValue().equals("Lorg/osgi/annotation/versioning/ConsumerType;"));
        lines.add("type " + type + " " + kind + (consumer ? CONSUMER : ""));
        for (MethodModel method : model.methods()) {
            if (isVisible(method.flags().flags()) && !method.flags().has(AccessFlag.SYNTHETIC)) {
                lines.add(type + "." + method.methodName().stringValue() + method.methodTypeSymbol().displayDescriptor()
                        + (method.flags().has(AccessFlag.STATIC) ? " static" : "") + (method.flags().has(AccessFlag.ABSTRACT) ? ABSTRACT : ""));
            }
        }
        for (FieldModel field : model.fields()) {
            if (isVisible(field.flags().flags()) && !field.flags().has(AccessFlag.SYNTHETIC)) {
                lines.add(type + "." + field.fieldName().stringValue() + " " + field.fieldTypeSymbol().displayName() + (field.flags().has(AccessFlag.STATIC) ? " static" : ""));
            }
        }
        return lines;
    }

    /** A nested type's own access is in the table of inner classes; the class file itself knows only public and package-private. */
    private static Set<AccessFlag> flagsOf(ClassModel model) {
        return model.findAttribute(Attributes.innerClasses()).stream().flatMap(each -> each.classes().stream())
                .filter(inner -> inner.innerClass().equals(model.thisClass())).map(InnerClassInfo::flags).findFirst().orElse(model.flags().flags());
    }

    private static boolean isVisible(Set<AccessFlag> flags) {
        return flags.contains(AccessFlag.PUBLIC) || flags.contains(AccessFlag.PROTECTED);
    }

    private static List<Annotation> annotations(ClassModel model) {
        return model.findAttribute(Attributes.runtimeInvisibleAnnotations()).map(each -> each.annotations()).orElse(List.of());
    }

    private static java.util.Optional<String> version(ClassModel packageInfo) {
        return annotations(packageInfo).stream().filter(each -> each.className().stringValue().equals("Lorg/osgi/annotation/versioning/Version;"))
                .map(each -> ((AnnotationValue.OfString) each.elements().getFirst().value()).stringValue()).findFirst();
    }

    private static String packageOf(ClassModel model) {
        return ClassDesc.ofInternalName(model.thisClass().asInternalName()).packageName();
    }

    private static String simpleName(ClassModel model) {
        String name = model.thisClass().asInternalName();
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
