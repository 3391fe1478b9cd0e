/**
 * An interpreter of the part of the Jinja language that chat templates use.
 *
 * <p>It reads a stranger's text, so it can do nothing but make text: values are copies of plain
 * data, no name leads to an object of Java's, and work, depth and output are bounded. Plain Java.
 */
package dev.rankwise.datasets.template;
