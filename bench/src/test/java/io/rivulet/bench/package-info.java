/** What the tests of this module start: servers in processes of their own. */
@NullMarked
package io.rivulet.bench;

import org.jspecify.annotations.NullMarked;
