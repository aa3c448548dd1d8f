/** Consumer groups, their clients and what they subscribe to. */
@NullMarked
package io.rivulet.engine.group;

import org.jspecify.annotations.NullMarked;
