/**
 * Figures and foreign texts as sentences have them.
 *
 * <p>This package must not know what is counted or named.
 */
package dev.rankwise.models.text;
