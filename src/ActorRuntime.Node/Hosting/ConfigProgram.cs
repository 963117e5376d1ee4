using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verb <c>config show</c> from its options to its exit code.</summary>
internal static class ConfigProgram
{
    public static int Show(ConfigShowOptions options, TextWriter output, TextWriter error)
    {
        try
        {
            var user = NodeConfiguration.Read(options.ConfigurationFile);
            var listing = new ConfigListing(user.WithFallback(ConfigurationFactory.Default()), ConfigurationFactory.Default());
            if (options.AsJson) listing.WriteJson(output, options.WithOrigins);
            else listing.WriteHocon(output, options.WithOrigins);
            NodeConfiguration.Check(user);
            return ExitCode.Success;
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) error.WriteLine(breach);
            return ExitCode.BadUsage;
        }
    }
}
