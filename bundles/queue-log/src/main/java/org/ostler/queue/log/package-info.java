/** The mail queue on disk. */
package org.ostler.queue.log;
