// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.log.MailLog;

/**
 * Parts of the running server as control commands, on the socket and in the console alike: this is how a part is replaced while the mail keeps moving.
 *
 * <pre>
 *   bundle.list                      id, state, version, symbolic name
 *   bundle.start|stop BUNDLE         by id or symbolic name; not the bundles by which commands get here, see CommandPath
 *   bundle.update BUNDLE [URL]       another build in the place of this one, or, with the reason, this one again; its callers wait, see docs/swap.md
 *   bundle.install URL               installs and starts, or, with the reason, neither; answers its line of bundle.list; see KeptBundles
 *   bundle.uninstall BUNDLE
 *   feature.list                     features of Ostler and those added, with + before those that are installed
 *   feature.add URL                  makes the features of a features.xml known
 *   feature.install|uninstall NAME   nothing else is refreshed
 * </pre>
 *
 * <h2>Security</h2>
 * A bundle is code that runs with the rights of the server; whoever reaches the socket owns the instance already.
 */
@Component(name = "container-commands", service = ContainerCommands.class, immediate = true)
public final class ContainerCommands {

    private final BundleContext context;
    private final FeaturesService features;
    private final KeptBundles byHand;
    private final CommandPath path;
    private final List<ServiceRegistration<?>> registered = new ArrayList<>();

    /** What a command does with the bundle that its first argument names. */
    private interface OnBundle {
        void run(Bundle bundle, List<String> rest, Consumer<String> out) throws BundleException, java.io.IOException;
    }

    @Activate
    public ContainerCommands(BundleContext context, @Reference FeaturesService features, @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.features = features;
        this.path = new CommandPath(context.getBundle());
        this.byHand = new KeptBundles(context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext(), Path.of(System.getProperty("karaf.data"), "bundles"),
                new FailedComponents(components), MailLog.of("postfix/console"));
        byHand.restore();
        register("bundle.list", (arguments, out) -> list(out));
        register("bundle.start", onBundle((bundle, rest, out) -> byHand.start(bundle)));
        register("bundle.stop", onBundle((bundle, rest, out) -> {
            path.refuseStop(bundle, users());
            byHand.stop(bundle);
        }));
        register("bundle.uninstall", onBundle((bundle, rest, out) -> {
            path.refuseStop(bundle, users());
            byHand.uninstall(bundle);
        }));
        register("bundle.update", onBundle((bundle, rest, out) -> {
            path.refuseUpdate(bundle, users());
            byHand.update(bundle, rest.isEmpty() ? bundle.getLocation() : rest.getFirst(), out);
        }));
        register("bundle.install", this::install);
        register("feature.list", (arguments, out) -> listFeatures(out));
        register("feature.add", this::addRepository);
        register("feature.install", (arguments, out) -> change(arguments, true));
        register("feature.uninstall", (arguments, out) -> change(arguments, false));
    }

    @Deactivate
    void deactivate() {
        registered.forEach(ServiceRegistration::unregister);
    }

    private void register(String name, ControlCommand command) {
        var properties = new Hashtable<String, Object>();
        properties.put("command.name", name);
        registered.add(context.registerService(ControlCommand.class, command, properties));
    }

    /** Who would lose the commands while they are in one: the control socket, the console. */
    private Set<Bundle> users() {
        return registered.stream().flatMap(each -> Stream.ofNullable(each.getReference().getUsingBundles())).flatMap(Arrays::stream).collect(Collectors.toSet());
    }

    private ControlCommand onBundle(OnBundle action) {
        return (arguments, out) -> {
            if (arguments.isEmpty()) {
                throw new ControlException("which bundle? give its id or symbolic name");
            }
            try {
                action.run(bundle(arguments.getFirst()), arguments.subList(1, arguments.size()), out);
            } catch (BundleException | java.io.IOException | IllegalArgumentException | IllegalStateException e) {
                throw new ControlException(KeptBundles.reason(e));
            }
        };
    }

    private Bundle bundle(String name) throws ControlException {
        List<Bundle> named = Arrays.stream(context.getBundles()).filter(b -> name.equals(b.getSymbolicName()) || name.equals(Long.toString(b.getBundleId()))).toList();
        return switch (named.size()) {
            case 0 -> throw new ControlException("no bundle " + name);
            case 1 -> named.getFirst();
            default -> throw new ControlException(name + " are " + named.size() + " bundles: say which by its id, one of " + named.stream().map(Bundle::getBundleId).toList());
        };
    }

    private void list(Consumer<String> out) {
        for (Bundle bundle : context.getBundles()) {
            out.accept(line(bundle));
        }
    }

    private static String line(Bundle bundle) {
        return String.format("%4d  %-11s %-28s %s", bundle.getBundleId(), state(bundle), bundle.getVersion(), bundle.getSymbolicName());
    }

    private static String state(Bundle bundle) {
        return switch (bundle.getState()) {
            case Bundle.ACTIVE -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null ? "active" : "fragment";
            case Bundle.INSTALLED -> "installed";
            case Bundle.RESOLVED -> "resolved";
            case Bundle.STARTING -> "starting";
            case Bundle.STOPPING -> "stopping";
            default -> "uninstalled";
        };
    }

    private void install(List<String> arguments, Consumer<String> out) throws ControlException {
        if (arguments.isEmpty()) {
            throw new ControlException("usage: bundle.install URL");
        }
        Bundle known = context.getBundle(arguments.getFirst());
        if (known != null) {
            throw new ControlException(known.getSymbolicName() + " is installed from there already: use bundle.update");
        }
        try {
            out.accept(line(byHand.install(arguments.getFirst())));
        } catch (BundleException | java.io.IOException | IllegalStateException e) {
            throw new ControlException(KeptBundles.reason(e));
        }
    }

    private void addRepository(List<String> arguments, Consumer<String> out) throws ControlException {
        if (arguments.size() != 1) {
            throw new ControlException("usage: feature.add URL");
        }
        try {
            URI uri = URI.create(arguments.getFirst());
            features.addRepository(uri);
            for (Feature feature : features.getRepository(uri).getFeatures()) {
                out.accept("  " + feature.getName() + "  " + feature.getVersion() + "  " + (feature.getDescription() == null ? "" : feature.getDescription()));
            }
        } catch (Exception e) {
            throw new ControlException(e.getMessage());
        }
    }

    private void listFeatures(Consumer<String> out) throws ControlException {
        try {
            Arrays.stream(features.listFeatures()).filter(this::isOurs).sorted(Comparator.comparing(Feature::getName))
                    .forEach(feature -> out.accept((features.isInstalled(feature) ? "+ " : "  ") + feature.getName() + "  " + feature.getVersion() + "  " + feature.getDescription()));
        } catch (Exception e) {
            throw new ControlException(e.getMessage());
        }
    }

    /** Karaf's own are many and none of an operator's business. */
    private boolean isOurs(Feature feature) {
        return !feature.getRepositoryUrl().startsWith("mvn:org.apache.karaf.features/");
    }

    private void change(List<String> arguments, boolean install) throws ControlException {
        if (arguments.isEmpty()) {
            throw new ControlException("which feature?");
        }
        try (var _ = byHand.alone()) {
            for (String name : arguments) {
                var options = EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles);
                if (install) {
                    features.installFeature(name, options);
                } else {
                    features.uninstallFeature(name, options);
                }
            }
        } catch (Exception e) {
            throw new ControlException(e.getMessage());
        }
    }
}
