package dev.rankwise.jobs.conf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Spellings that users bring from axolotl, LLaMA-Factory, transformers and PEFT: those that mean
 * the same as a key of ours, and those that do not, with what to write instead.
 */
final class ForeignKeys {
  /** Examples of one pass on one device: together with {@link #ACCUMULATION} a batch size. */
  static final String MICRO_BATCH = "micro_batch_size";

  /** Passes of one step. */
  static final String ACCUMULATION = "gradient_accumulation_steps";

  private static final Map<String, String> SAME = same();
  private static final Map<String, String> OTHER = other();

  private ForeignKeys() {}

  /** The key of ours that means the same. */
  static Optional<String> keyOf(String name) {
    return Optional.ofNullable(SAME.get(name));
  }

  /** What to write instead of a key that has no counterpart. */
  static Optional<String> remedyOf(String name) {
    return Optional.ofNullable(OTHER.get(name));
  }

  /** All that mean the same as a key of ours. */
  static Map<String, String> readAsOurs() {
    return SAME;
  }

  /** All that are refused, with the remedy. */
  static Map<String, String> refused() {
    return OTHER;
  }

  private static Map<String, String> same() {
    Map<String, String> same = new LinkedHashMap<>();
    all(same, "base.model", "base_model", "model_name_or_path", "base_model_name_or_path");
    all(same, "base.quantization", "bnb_4bit_quant_type", "quantization_type");
    all(same, "data.max-tokens", "sequence_len", "cutoff_len", "max_seq_length", "max_length");
    all(same, "adapter.method", "adapter", "finetuning_type", "peft_type");
    all(same, "adapter.rank", "lora_r", "lora_rank", "r", "init_r");
    all(same, "adapter.alpha", "lora_alpha");
    all(same, "adapter.dropout", "lora_dropout");
    all(same, "adapter.use-rslora", "use_rslora", "peft_use_rslora");
    all(same, "adapter.targets", "lora_target_modules", "target_modules");
    all(same, "adapter.exclude", "exclude_modules");
    all(same, "adapter.layers", "layers_to_transform", "peft_layers_to_transform");
    all(same, "adapter.layers-pattern", "layers_pattern", "peft_layers_pattern");
    all(same, "adapter.rank-pattern", "rank_pattern");
    all(same, "adapter.alpha-pattern", "alpha_pattern");
    all(same, "adapter.modules-to-save", "modules_to_save", "lora_modules_to_save");
    all(same, "adapter.use-dora", "use_dora", "peft_use_dora");
    all(same, "adapter.bias", "bias");
    all(same, "adapter.lora-bias", "lora_bias");
    all(same, "adapter.trainable-token-indices", "trainable_token_indices");
    all(same, "adapter.target-rank", "target_r");
    all(same, "adapter.decision-interval", "deltaT");
    all(same, "adapter.orthogonality", "orth_reg_weight");
    all(same, "adapter.experts", "num_experts", "expert_num");
    all(same, "adapter.top-k", "top_k");
    all(same, "adapter.balance-weight", "router_aux_loss_coef");
    all(same, "adapter.router-z-weight", "router_z_loss_coef");
    all(same, "train.seed", "seed");
    all(same, "train.epochs", "num_epochs", "num_train_epochs");
    all(same, "train.max-steps", "max_steps");
    all(same, "train.batch-size", MICRO_BATCH, "per_device_train_batch_size");
    all(same, "train.learning-rate", "learning_rate");
    all(same, "train.schedule", "lr_scheduler", "lr_scheduler_type");
    all(same, "train.warmup-fraction", "warmup_ratio");
    all(same, "train.warmup-steps", "warmup_steps");
    all(same, "train.weight-decay", "weight_decay");
    all(same, "train.loraplus-ratio", "loraplus_lr_ratio");
    all(same, "train.loraplus-embedding-rate", "loraplus_lr_embedding");
    all(same, "train.beta1", "adam_beta1");
    all(same, "train.beta2", "adam_beta2");
    all(same, "train.epsilon", "adam_epsilon");
    all(same, "train.max-grad-norm", "max_grad_norm");
    all(same, "output.directory", "output_dir");
    return Collections.unmodifiableMap(same);
  }

  private static Map<String, String> other() {
    Map<String, String> other = new LinkedHashMap<>();
    otherData(other);
    String list = "write a list, or all-linear, in adapter.targets";
    all(other, list, "lora_target", "lora_target_linear");
    all(other, "write a list in adapter.modules-to-save", "additional_target");
    all(other, "set adapter.initialisation", "init_lora_weights", "peft_init_lora_weights");
    all(other, "labelled text always has task type SEQ_CLS; leave it out", "task_type");
    all(other, "the base says that itself; leave it out", "fan_in_fan_out");
    all(other, "the optimizer is AdamW in PyTorch's form; leave it out", "optimizer", "optim");
    all(
        other,
        "set base.dtype to float32 or bfloat16, and train.adapter-compute",
        "bf16",
        "fp16",
        "tf32",
        "torch_dtype");
    all(
        other,
        "a base is held in four bits by base.quantization, such as nf4; leave it out",
        "load_in_8bit",
        "load_in_4bit",
        "quantization_bit");
    all(
        other,
        "scales are quantised too, unless base.quantization ends in -single; leave it out",
        "bnb_4bit_use_double_quant",
        "double_quantization");
    all(other, "four bits are computed in base.dtype; set that", "bnb_4bit_compute_dtype");
    all(other, "set train.activations to recomputed to save memory", "gradient_checkpointing");
    return Collections.unmodifiableMap(other);
  }

  private static void otherData(Map<String, String> other) {
    String data =
        "name the rows in data.source and their columns in data.text-column and"
            + " data.label-column";
    all(other, data, "datasets", "dataset", "dataset_dir");
    all(
        other,
        "set data.test-fraction for a share of the rows or data.test-rows for a number",
        "val_set_size");
    all(
        other,
        "set data.packing to best-fit or none; labelled examples are never joined",
        "sample_packing",
        "packing",
        "eval_sample_packing");
    all(
        other,
        "examples are never padded to one length; leave it out",
        "pad_to_sequence_len",
        "group_by_length");
    all(
        other,
        "set data.train-on to assistant, all or last-turn",
        "train_on_inputs",
        "train_on_prompt",
        "mask_history",
        "roles_to_train");
    all(other, "name one of the chat formats in data.chat-format", "chat_template", "template");
  }

  private static void all(Map<String, String> map, String meaning, String... names) {
    for (String name : names) {
      map.put(name, meaning);
    }
  }
}
