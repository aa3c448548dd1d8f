/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq.receive;

import org.jspecify.annotations.NullMarked;
