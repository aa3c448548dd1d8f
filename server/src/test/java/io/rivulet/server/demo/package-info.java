/** Tests of io.rivulet.server.demo. */
@NullMarked
package io.rivulet.server.demo;

import org.jspecify.annotations.NullMarked;
