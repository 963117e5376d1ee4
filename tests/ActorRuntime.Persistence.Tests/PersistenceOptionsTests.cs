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
            "recoveries-max = 7, recovery-timeout = 3 s, write-timeout = 4 s, append-operations-max = 5, waiting-operations-max = 6");

        var expected = new PersistenceOptions
        {
            RecoveriesMax = 7,
            RecoveryTimeout = TimeSpan.FromSeconds(3),
            WriteTimeout = TimeSpan.FromSeconds(4),
            AppendOperationsMax = 5,
            WaitingOperationsMax = 6,
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
    }
}
