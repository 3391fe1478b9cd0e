package dev.rankwise.jobs.survey;

import java.io.Serializable;

/**
 * A folder that the driver made in a place that is to be shared, with a file in it, for executors
 * to look at.
 *
 * @param location the place, as it is named
 * @param folder full address of the folder
 * @param token what the driver's file holds
 */
public record FolderProbe(String location, String folder, String token) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Name of the driver's file. */
  static final String OF_DRIVER = "driver";

  private static final String OF_EXECUTOR = "executor-";

  /** How the names of an executor's files begin, one for each of its tasks. */
  static String ofExecutor(String executor) {
    return OF_EXECUTOR + executor + "-";
  }
}
