// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assume.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A memcached that holds one key, stored without any client. One thread. */
final class SmallMemcached implements AutoCloseable {

    /** It is ready when it has taken the key. */
    private static final SmallServer.Scripts SCRIPTS = new SmallServer.Scripts("daemon", "", "exec memcached -l 127.0.0.1 -p $PORT -U 0 -m 8", """
            exec 3<> /dev/tcp/127.0.0.1/$PORT || exit 1
            printf 'set %s 0 0 %d\\r\\n%s\\r\\n' "$KEY" ${#VALUE} "$VALUE" >&3
            read -r -t 10 answer <&3 && [[ $answer == STORED* ]]
            """);

    private final SmallServer server;

    SmallMemcached(String key, String value) throws Exception {
        assumeTrue("memcached is not installed", Files.exists(Path.of("/usr/bin/memcached")));
        server = new SmallServer(SCRIPTS, Map.of("KEY", key, "VALUE", value));
    }

    /** For memcache_table(5). */
    String cf() {
        return "memcache = inet:127.0.0.1:" + server.port() + "\n";
    }

    @Override
    public void close() throws Exception {
        server.close();
    }
}
