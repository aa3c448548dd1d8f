/** Who calls: the request's metadata, and what is known of each client language. */
@NullMarked
package io.rivulet.server.rocketmq.caller;

import org.jspecify.annotations.NullMarked;
