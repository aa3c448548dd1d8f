/** REST as somebody sees it who has nothing but curl. */
@NullMarked
package io.rivulet.server.rest;

import org.jspecify.annotations.NullMarked;
