/**
 * The story of a gateway before a model: what a flood does to others, first without a scheduler.
 */
@NullMarked
package io.rivulet.server.demo.gateway;

import org.jspecify.annotations.NullMarked;
