/** The rivulet.v1 service definition and its generated code. */
@NullMarked
package io.rivulet.api;

import org.jspecify.annotations.NullMarked;
