/** The engine in memory: behaviour tests and simulations. */
@NullMarked
package io.rivulet.testkit.engine;

import org.jspecify.annotations.NullMarked;
