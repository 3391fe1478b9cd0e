package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/** How an executor comes to its model: small, and the same on every executor. */
public interface ModelSource extends Serializable {

  /** Names the model. Sources with equal keys open models that give the same bits. */
  String key();

  /** Opens the model in this JVM. Called once for each key, however many tasks need it. */
  ResidentModel open();
}
