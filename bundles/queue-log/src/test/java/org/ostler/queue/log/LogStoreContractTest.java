// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.tck.queue.ClaimsContract;
import org.ostler.mail.tck.queue.StoreUnderTest;

class LogStoreContractTest extends ClaimsContract {

    @Override
    protected StoreUnderTest store() {
        return new SmallLogStore();
    }
}
