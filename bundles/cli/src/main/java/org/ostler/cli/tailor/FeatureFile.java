// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A features.xml of Karaf: which bundles and which other features belong to a feature. Used by one thread. */
final class FeatureFile {

    /** @param bundles locations, as {@code mvn:} addresses */
    record Feature(String name, List<String> bundles, List<String> features) {}

    private final Path file;
    private final Document document;
    private final Map<String, Feature> features = new LinkedHashMap<>();

    private FeatureFile(Path file, Document document) {
        this.file = file;
        this.document = document;
        for (Element element : topLevel()) {
            features.put(element.getAttribute("name"), new Feature(element.getAttribute("name"), texts(element, "bundle"), texts(element, "feature")));
        }
    }

    static FeatureFile read(Path file) throws IOException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return new FeatureFile(file, factory.newDocumentBuilder().parse(file.toFile()));
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    Map<String, Feature> features() {
        return features;
    }

    /** These features and those that they name, in {@code known}. */
    static Set<String> reachable(Map<String, Feature> known, Iterable<String> roots) {
        var reached = new LinkedHashSet<String>();
        for (String root : roots) {
            reach(known, root, reached);
        }
        return reached;
    }

    private static void reach(Map<String, Feature> known, String name, Set<String> reached) {
        if (known.containsKey(name) && reached.add(name)) {
            known.get(name).features().forEach(next -> reach(known, next, reached));
        }
    }

    /** Leaves out all features but these. */
    void retain(Set<String> names) {
        for (Element element : topLevel()) {
            if (!names.contains(element.getAttribute("name"))) {
                element.getParentNode().removeChild(element);
                features.remove(element.getAttribute("name"));
            }
        }
    }

    /** @param startLevel of its one bundle */
    void add(String name, String version, int startLevel, String bundle) {
        Element root = document.getDocumentElement();
        Element feature = document.createElementNS(root.getNamespaceURI(), "feature");
        feature.setAttribute("name", name);
        feature.setAttribute("version", version);
        Element element = document.createElementNS(root.getNamespaceURI(), "bundle");
        element.setAttribute("start-level", Integer.toString(startLevel));
        element.setTextContent(bundle);
        feature.appendChild(element);
        root.appendChild(feature);
        features.put(name, new Feature(name, List.of(bundle), List.of()));
    }

    void write(Path to) throws IOException {
        try {
            TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(to.toFile()));
        } catch (TransformerException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private List<Element> topLevel() {
        var elements = new ArrayList<Element>();
        NodeList children = document.getDocumentElement().getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            Node child = children.item(i);
            if (child instanceof Element element && element.getLocalName().equals("feature")) {
                elements.add(element);
            }
        }
        return elements;
    }

    private static List<String> texts(Element feature, String name) {
        var texts = new ArrayList<String>();
        NodeList nodes = feature.getElementsByTagNameNS("*", name);
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent().strip());
        }
        return texts;
    }
}
