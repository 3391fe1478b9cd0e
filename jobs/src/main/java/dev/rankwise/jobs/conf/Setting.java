package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.YamlNode;

/**
 * A value that somebody gave to a key.
 *
 * @param path the key as written, its sections before it
 * @param value what was given
 * @param place where
 */
record Setting(String path, YamlNode value, Place place) {

  /** The same with another value. */
  Setting withValue(YamlNode other) {
    return new Setting(path, other, place);
  }
}
