/** Handing messages to consumers: polls, leases, receipt handles, redelivery. */
@NullMarked
package io.rivulet.engine.delivery;

import org.jspecify.annotations.NullMarked;
