package dev.rankwise.adapters.spec;

import java.util.List;
import java.util.Map;

/**
 * What the configuration of a method has in PEFT, where that is not what LoRA's has.
 *
 * @param shared names of the fields that it has in common with LoRA's
 * @param choices names of further fields that choose modules
 * @param constants further fields that say nothing of a finished adapter, with the value that they
 *     must have
 */
public record PeftForm(List<String> shared, List<String> choices, Map<String, Boolean> constants) {

  public PeftForm {
    shared = List.copyOf(shared);
    choices = List.copyOf(choices);
    constants = Map.copyOf(constants);
  }

  /** Whether it has a field. */
  public boolean has(String field) {
    return shared.contains(field) || choices.contains(field) || constants.containsKey(field);
  }
}
