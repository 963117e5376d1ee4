using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Util;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verb <c>store sql</c> from its options to its exit code.</summary>
internal static class StoreProgram
{
    /// <param name="configurationFile">Null: the defaults.</param>
    public static int Sql(string? configurationFile, TextWriter output, TextWriter error)
    {
        try
        {
            var user = configurationFile is null ? Config.Empty : NodeConfiguration.Read(configurationFile);
            var all = user.WithFallback(ConfigurationFactory.Default());
            var store = StoreOptions.FromConfig(all.GetConfig("actor-runtime.persistence"), NodeOptions.FromConfig(all));
            foreach (var check in store.Checks) check();
            output.Write(store.Sql);
            return ExitCode.Success;
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) error.WriteLine(breach);
            return ExitCode.BadUsage;
        }
        catch (OptionsException e)
        {
            foreach (var breach in e.Errors) error.WriteLine(breach);
            return ExitCode.BadUsage;
        }
    }
}
