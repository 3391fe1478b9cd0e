/**
 * Tells an MLflow server of runs and versions that are done.
 *
 * <p>Read {@link dev.rankwise.jobs.mlflow.Tracker} first, then {@link
 * dev.rankwise.jobs.mlflow.RunSender}. What is sent is read from run folders, so it can be sent at
 * any time and by anybody. Classes of MLflow's client appear in {@code MlflowServer} and {@code
 * RunSender} alone, which are not loaded where no recipe names a server.
 */
package dev.rankwise.jobs.mlflow;
