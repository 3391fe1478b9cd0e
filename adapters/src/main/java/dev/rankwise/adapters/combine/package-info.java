/** Several adapters of one base as one. */
package dev.rankwise.adapters.combine;
