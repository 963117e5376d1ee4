using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence;

/// <summary>Holds the settings that single actors may override.</summary>
public static class PersistenceSettings
{
    /// <summary>How messages are delivered again until they are confirmed, read from <c>actor-runtime.persistence.at-least-once-delivery</c>.
    /// </summary>
    /// <param name="RedeliverInterval">Time without a confirmation after which a message is sent again. 10 ms to 1 d, default 5 s.</param>
    /// <param name="RedeliveryBurstLimit">Most messages sent again in one go, so that a receiver that comes back is not flooded. From 1, default
    /// 10,000.</param>
    /// <param name="WarnAfterNumberOfUnconfirmedAttempts">Attempts in vain after which the actor is sent an
    /// <see cref="UnconfirmedWarning"/>. From 1, default 5.</param>
    /// <param name="MaxUnconfirmedMessages">Most messages kept unconfirmed; one more is refused with
    /// <see cref="MaxUnconfirmedMessagesExceededException"/>. From 1, default 100,000.</param>
    public sealed record AtLeastOnceDeliverySettings(
        TimeSpan RedeliverInterval, int RedeliveryBurstLimit, int WarnAfterNumberOfUnconfirmedAttempts, int MaxUnconfirmedMessages)
    {
        /// <summary>Every setting at its default.</summary>
        public AtLeastOnceDeliverySettings()
            : this(TimeSpan.FromSeconds(5), 10_000, 5, 100_000)
        {
        }

        /// <summary>These settings with another <see cref="RedeliverInterval"/>.</summary>
        public AtLeastOnceDeliverySettings WithRedeliverInterval(TimeSpan redeliverInterval) => this with { RedeliverInterval = redeliverInterval };

        /// <summary>These settings with another <see cref="RedeliveryBurstLimit"/>.</summary>
        public AtLeastOnceDeliverySettings WithRedeliveryBurstLimit(int redeliveryBurstLimit) => this with { RedeliveryBurstLimit = redeliveryBurstLimit };

        /// <summary>These settings with another <see cref="WarnAfterNumberOfUnconfirmedAttempts"/>.</summary>
        public AtLeastOnceDeliverySettings WithWarnAfterNumberOfUnconfirmedAttempts(int attempts) =>
            this with { WarnAfterNumberOfUnconfirmedAttempts = attempts };

        /// <summary>These settings with another <see cref="MaxUnconfirmedMessages"/>.</summary>
        public AtLeastOnceDeliverySettings WithMaxUnconfirmedMessages(int maxUnconfirmedMessages) =>
            this with { MaxUnconfirmedMessages = maxUnconfirmedMessages };

        internal static AtLeastOnceDeliverySettings FromConfig(Config config, string section, AtLeastOnceDeliverySettings defaults) => new(
            config.GetTimeSpan(section + ".redeliver-interval", defaults.RedeliverInterval),
            config.GetInt(section + ".redelivery-burst-limit", defaults.RedeliveryBurstLimit),
            config.GetInt(section + ".warn-after-number-of-unconfirmed-attempts", defaults.WarnAfterNumberOfUnconfirmedAttempts),
            config.GetInt(section + ".max-unconfirmed-messages", defaults.MaxUnconfirmedMessages));

        /// <summary>Returns this instance once every rule holds.</summary>
        /// <exception cref="OptionsException">Lists every broken rule.</exception>
        public AtLeastOnceDeliverySettings Validated()
        {
            new OptionErrors("actor-runtime.persistence.at-least-once-delivery")
                .Require(RedeliverInterval >= TimeSpan.FromMilliseconds(10), "redeliver-interval: below 10 ms a busy receiver drowns in repetitions")
                .Require(RedeliverInterval <= TimeSpan.FromDays(1), "redeliver-interval: above 1 d nothing is delivered again in useful time")
                .Require(RedeliveryBurstLimit >= 1, "redelivery-burst-limit: at least 1")
                .Require(WarnAfterNumberOfUnconfirmedAttempts >= 1, "warn-after-number-of-unconfirmed-attempts: at least 1")
                .Require(MaxUnconfirmedMessages >= 1, "max-unconfirmed-messages: at least 1")
                .ThrowIfAny();
            return this;
        }
    }
}
