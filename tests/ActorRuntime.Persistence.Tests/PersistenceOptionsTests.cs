using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Tests;

public sealed class PersistenceOptionsTests
{
    [Fact]
    public void Keys_are_read()
    {
        var config = ConfigurationFactory.ParseString(
            "recoveries-max = 7, recovery-timeout = 3 s, write-timeout = 4 s, append-operations-max = 5, waiting-operations-max = 6, "
            + "sessions { max = 8, time-to-live = 9 s, replies-max = 10 }");

        var expected = new PersistenceOptions
        {
            RecoveriesMax = 7,
            RecoveryTimeout = TimeSpan.FromSeconds(3),
            WriteTimeout = TimeSpan.FromSeconds(4),
            AppendOperationsMax = 5,
            WaitingOperationsMax = 6,
            Sessions = new SessionOptions { Max = 8, TimeToLive = TimeSpan.FromSeconds(9), RepliesMax = 10 },
        };
        Assert.Equal(expected, PersistenceOptions.FromConfig(config));
        Assert.Equal(new PersistenceOptions(), PersistenceOptions.FromConfig(Config.Empty));
    }

    [Fact]
    public void Impossible_settings_are_all_named()
    {
        var options = new PersistenceOptions
        {
            RecoveriesMax = 0, RecoveryTimeout = TimeSpan.Zero, WriteTimeout = TimeSpan.Zero, AppendOperationsMax = 0, WaitingOperationsMax = 0,
        };

        Assert.Equal(5, Assert.Throws<OptionsException>(options.Validated).Errors.Count);
        var sessions = new SessionOptions { Max = 0, TimeToLive = TimeSpan.Zero, RepliesMax = 0 };
        Assert.Equal(3, Assert.Throws<OptionsException>(sessions.Validated).Errors.Count);
    }

    [Fact]
    public async Task Settings_of_a_system_come_from_its_configuration_unless_the_setup_gives_them()
    {
        var config = ConfigurationFactory.ParseString("actor-runtime.persistence { recoveries-max = 7, at-least-once-delivery.redeliver-interval = 3 s }");
        await using var configured = ActorSystem.Create("configured", config);
        await using var given = ActorSystem.Create("given", ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(config), PersistenceSetup.Create().WithOptions(new PersistenceOptions { RecoveriesMax = 9 })));

        var options = Persistence.Instance.Get(configured).Options;
        Assert.Equal((7, TimeSpan.FromSeconds(3)), (options.RecoveriesMax, options.AtLeastOnceDelivery.RedeliverInterval));
        Assert.Equal(9, Persistence.Instance.Get(given).Options.RecoveriesMax);
        Assert.Equal(50, Persistence.DefaultConfig().GetInt("actor-runtime.persistence.recoveries-max"));
        Assert.False(Persistence.DefaultConfig().HasPath("actor-runtime.remote"));
    }
}
