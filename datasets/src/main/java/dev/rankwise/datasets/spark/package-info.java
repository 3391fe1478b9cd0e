/** What every use of Spark has in common: how its jobs are named on Spark's own pages. */
package dev.rankwise.datasets.spark;
