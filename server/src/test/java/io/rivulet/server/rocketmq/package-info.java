/** Tests of the package of the same name. */
@NullMarked
package io.rivulet.server.rocketmq;

import org.jspecify.annotations.NullMarked;
