/** What consumers do with what they received: acknowledge, put back, give up. */
@NullMarked
package io.rivulet.server.rocketmq.lease;

import org.jspecify.annotations.NullMarked;
