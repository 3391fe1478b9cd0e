/**
 * What every page for people has: its frame, its stylesheet, and how a section of it looks.
 *
 * <p>Read {@link dev.rankwise.jobs.page.PageFrame} first. Nothing here knows what a page tells.
 */
package dev.rankwise.jobs.page;
