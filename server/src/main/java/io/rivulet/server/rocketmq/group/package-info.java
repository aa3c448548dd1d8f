/** Consumer groups as clients join them: auto-creation, subscriptions, filters. */
@NullMarked
package io.rivulet.server.rocketmq.group;

import org.jspecify.annotations.NullMarked;
