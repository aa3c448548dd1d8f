/**
 * REST over HTTP for whoever has no client, its OpenAPI document, and CloudEvents. One table,
 * {@link io.rivulet.server.rest.Operations}, says what there is.
 */
@NullMarked
package io.rivulet.server.rest;

import org.jspecify.annotations.NullMarked;
