"""PPO on TRL's GRPOTrainer: clipped policy and value losses, GAE, KL inside the reward, a critic on the policy's trunk.

    from alignment.ppo import PPOConfig, PPOTrainer

    trainer = PPOTrainer(model, reward_funcs, PPOConfig(output_dir="out"), train_dataset, processing_class=tokenizer)
    trainer.train()

`math` holds the formulas, `critic` the value function, `forward` the one pass that gives log-probabilities and values,
`rollout` what is kept of the sampled replies, `rewards` the reward models and functions, `brake` the early stop.
"""

from alignment.ppo.config import PPOConfig
from alignment.ppo.trainer import PPOTrainer

__all__ = ["PPOConfig", "PPOTrainer"]
