/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq.route;

import org.jspecify.annotations.NullMarked;
