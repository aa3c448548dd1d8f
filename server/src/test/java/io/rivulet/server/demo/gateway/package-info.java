/** Tests of io.rivulet.server.demo.gateway. */
@NullMarked
package io.rivulet.server.demo.gateway;

import org.jspecify.annotations.NullMarked;
