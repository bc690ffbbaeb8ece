using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Azure.Functions.Worker.Builder
{
    /// <summary>Builds a functions app that serves itself: configuration, services, middleware, then <see cref="Build"/>.</summary>
    public class FunctionsApplicationBuilder
    {
        private readonly WebApplicationBuilder _inner;
        private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middleware = [];
        private bool _built;

        internal FunctionsApplicationBuilder(string[] args) => _inner = RuntimeConfiguration.CreateBuilder(args);

        public ConfigurationManager Configuration => _inner.Configuration;

        public IHostEnvironment Environment => _inner.Environment;

        public ILoggingBuilder Logging => _inner.Logging;

        public IServiceCollection Services => _inner.Services;

        /// <summary>Looked through for functions instead of assemblies when set.</summary>
        internal IReadOnlyCollection<Type>? FunctionTypes { get; set; }

        internal bool ServesHttp { get; set; }

        /// <summary>Finds the functions and puts the app together.</summary>
        /// <exception cref="FunctionsStartupException">The app cannot run as it is; the message names everything that is wrong.</exception>
        public IHost Build()
        {
            ThrowIfBuilt();
            _built = true;
            return Runtime.Build(_inner, FunctionTypes, _middleware, ServesHttp);
        }

        public FunctionsApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            ThrowIfBuilt();
            _middleware.Add(middleware);
            return this;
        }

        private void ThrowIfBuilt()
        {
            if (_built)
            {
                throw new InvalidOperationException("The application has already been built.");
            }
        }
    }

    /// <summary>Where an app's Program begins.</summary>
    public static class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
    }

    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        /// <summary>Lets HTTP functions take <c>HttpRequest</c> and return <c>IResult</c> or <c>IActionResult</c>.</summary>
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
        {
            builder.ServesHttp = true;
            return builder;
        }
    }
}

namespace Microsoft.Azure.Functions.Worker.Middleware
{
    /// <summary>The rest of the pipeline, ending in the function.</summary>
    public delegate Task FunctionExecutionDelegate(FunctionContext context);

    /// <summary>Runs around every invocation. Around an orchestrator it must not await anything but <c>next</c>.</summary>
    public interface IFunctionsWorkerMiddleware
    {
        Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class MiddlewareWorkerApplicationBuilderExtensions
    {
        /// <summary>Adds a middleware that is resolved from the invocation's services.</summary>
        public static FunctionsApplicationBuilder UseMiddleware<T>(this FunctionsApplicationBuilder builder)
            where T : class, IFunctionsWorkerMiddleware => builder.UseWhen<T>(_ => true);

        public static FunctionsApplicationBuilder UseMiddleware(
            this FunctionsApplicationBuilder builder, Func<FunctionContext, Func<Task>, Task> middleware) =>
            builder.Use(next => context => middleware(context, () => next(context)));

        /// <summary>As <see cref="UseMiddleware{T}"/>, for the invocations that satisfy the predicate.</summary>
        public static FunctionsApplicationBuilder UseWhen<T>(this FunctionsApplicationBuilder builder, Func<FunctionContext, bool> predicate)
            where T : class, IFunctionsWorkerMiddleware
        {
            builder.Services.TryAddSingleton<T>();
            return builder.Use(next => context => predicate(context) ? context.InstanceServices.GetRequiredService<T>().Invoke(context, next) : next(context));
        }
    }
}
