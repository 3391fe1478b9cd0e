package dev.rankwise.jobs.session;

import java.lang.reflect.Constructor;
import org.apache.spark.SparkUserAppException;

/** How a driver that YARN started hands its exit code to Spark's program around it. */
public final class YarnExit {
  private YarnExit() {}

  /** What to throw for an exit code. */
  public static SparkUserAppException of(int exitCode) {
    // Its one constructor takes the exit code in Spark 3.5, and in Spark 4 a cause behind it.
    Constructor<?> constructor = SparkUserAppException.class.getConstructors()[0];
    Object[] arguments = new Object[constructor.getParameterCount()];
    arguments[0] = exitCode;
    try {
      return (SparkUserAppException) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      throw new IllegalStateException("Cannot hand exit code " + exitCode + " to Spark", e);
    }
  }
}
