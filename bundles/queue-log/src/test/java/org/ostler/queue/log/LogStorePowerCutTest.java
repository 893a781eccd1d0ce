// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.tck.queue.PowerCutContract;
import org.ostler.mail.tck.queue.StoreUnderTest;

class LogStorePowerCutTest extends PowerCutContract {

    @Override
    protected StoreUnderTest store() {
        return new SmallLogStore();
    }
}
