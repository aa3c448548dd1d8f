/** The replicated log: ledgers as a port, the commit log made of them. */
@NullMarked
package io.rivulet.cluster.ledger;

import org.jspecify.annotations.NullMarked;
