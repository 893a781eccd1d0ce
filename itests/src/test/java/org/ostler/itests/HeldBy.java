// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.File;
import org.netbeans.lib.profiler.heap.Heap;
import org.netbeans.lib.profiler.heap.HeapFactory;
import org.netbeans.lib.profiler.heap.Instance;
import org.netbeans.lib.profiler.heap.JavaClass;
import org.netbeans.lib.profiler.heap.ObjectFieldValue;
import org.netbeans.lib.profiler.heap.Value;

/**
 * A program that says of a heap dump what holds on to the class loaders that {@link Revisions} has found kept: for each a way from something that is never collected. Nothing where only weak, soft and phantom references lead to it: then it
 * is kept by what is no object, such as code that the JVM has compiled with one of its classes in it and that a thread never leaves.
 *
 * <p>A process of its own: the container's heap is too small for it, and is not to be changed by it.
 */
final class HeldBy {

    private HeldBy() {}

    public static void main(String[] arguments) throws Exception {
        Heap heap = HeapFactory.createHeap(new File(arguments[0]));
        JavaClass left = heap.getJavaClassByName(Revisions.Left.class.getName());
        if (left == null || left.getInstancesCount() == 0) {
            throw new IllegalStateException("no " + Revisions.Left.class.getName() + " in " + arguments[0]);
        }
        for (Object each : left.getInstances()) {
            var reference = (Instance) ((Instance) each).getValueOfField("classes");
            if (reference.getValueOfField("referent") instanceof Instance loader) {
                System.out.print(way(loader));
            }
        }
    }

    /** From the loader to what is never collected; empty where there is no such way. */
    private static String way(Instance loader) {
        Instance next = loader.getNearestGCRootPointer();
        if (next == null) {
            return "";
        }
        var text = new StringBuilder("the class loader");
        for (Instance one = loader; next != null && next != one && text.length() < 10_000; next = one.isGCRoot() ? null : one.getNearestGCRootPointer()) {
            text.append(" <- ").append(next.getJavaClass().getName()).append('.').append(field(one, next));
            one = next;
        }
        return text.append('\n').toString();
    }

    private static String field(Instance held, Instance holder) {
        for (Object reference : held.getReferences()) {
            var value = (Value) reference;
            if (holder.equals(value.getDefiningInstance())) {
                return value instanceof ObjectFieldValue f ? f.getField().getName() : "[]";
            }
        }
        return "class";
    }
}
