/** The replicated log under test. */
@NullMarked
package io.rivulet.cluster.ledger;

import org.jspecify.annotations.NullMarked;
