/** Adapters in the forms that servers of others read. */
package dev.rankwise.adapters.export;
