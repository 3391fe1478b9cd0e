/**
 * Pictures that come in Maven artifacts as vector graphics, drawn in many ways, as tables to learn
 * to see from.
 *
 * <p>Read {@link dev.rankwise.datasets.source.icons.IconView} first, then {@link
 * dev.rankwise.datasets.source.icons.IconLook}.
 */
package dev.rankwise.datasets.source.icons;
