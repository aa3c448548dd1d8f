/** Subscriptions to lite topics, client by client. */
@NullMarked
package io.rivulet.server.rocketmq.lite;

import org.jspecify.annotations.NullMarked;
