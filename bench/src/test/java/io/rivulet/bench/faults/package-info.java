/**
 * Three nodes in networks of their own, to which everything is done that machines do to each other
 * in practice, and a load that knows afterwards whether anything of it was lost.
 */
@NullMarked
package io.rivulet.bench.faults;

import org.jspecify.annotations.NullMarked;
