// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.tck.queue.KillContract;
import org.ostler.mail.tck.queue.StoreUnderTest;

class LogStoreKillTest extends KillContract {

    @Override
    protected StoreUnderTest store() {
        return new SmallLogStore();
    }
}
